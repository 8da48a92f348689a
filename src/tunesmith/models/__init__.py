"""From a history to arrays, and to surrogates fitted on them: the one room that knows both trials and numerics."""
