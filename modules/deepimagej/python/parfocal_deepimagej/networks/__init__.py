"""The libraries that run networks, one file for each kind of weights; each is imported only when it is needed."""
