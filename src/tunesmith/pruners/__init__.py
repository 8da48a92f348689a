"""How far may a trial go? Every file without an underscore is a pruner."""
