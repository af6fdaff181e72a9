"""Motion that nobody controls, and what is made of it: traces, motion models, surrogates."""
