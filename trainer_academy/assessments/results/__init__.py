"""What a person gets to see of a decided attempt: score, range, skills, traps, and the working of a sequential decision. Not
for: deciding.

Pure: shown, traps.
"""
