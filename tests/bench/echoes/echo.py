"""The function that all of them in Python have before them: `process`, as a processor has it."""


def process(data):
    return data, 200
