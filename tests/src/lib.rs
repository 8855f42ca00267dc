//! Black-box tests: the real binary over real HTTP with real clients.
