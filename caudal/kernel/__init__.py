"""Every number that could be disputed: pure functions, values in and values out, standard library only.

No clock, no input or output, no translation: dates are arguments, explanations are codes and figures, and the
stages above turn both into rows and sentences.
"""
