"""Property trees and tables by platform, as package data; each platform is a folder here."""
