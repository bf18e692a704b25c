"""A program that ends as if all were well, before Pulumi has done anything."""

import os

os._exit(0)
