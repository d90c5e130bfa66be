"""Parts of WebShop: products, goals, search, pages, the environment and the reward."""
