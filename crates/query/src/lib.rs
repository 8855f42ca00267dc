//! What can be asked: the city in memory, exact answers.
