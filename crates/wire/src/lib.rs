//! What is said over HTTP: the JSON bodies of server, viewer and command line.
