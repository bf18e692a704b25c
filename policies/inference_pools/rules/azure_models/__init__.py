"""Rules about accounts of Azure OpenAI and Foundry, and the models that are deployed to them."""
