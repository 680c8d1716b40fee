"""Understanding: stop words and grammar first, then a tool caller, then a language model; none may guess."""
