"""Finding what is alike: solved and open tickets, knowledge, many of a kind at once. numpy, no network."""
