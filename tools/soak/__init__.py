"""A soak: hostile input by the million, through every reader poolgate has.

    make soak                                       # 1,000,000 inputs over every reader
    python -m tools.soak --reader state --count 5000
    python -m tools.soak --seed 7 --reader stack --only 4711   # one input again

Every input is made from a seed and its number, so that a failure can be made again.
"""
