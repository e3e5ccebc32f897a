"""What holds a run or a write back: quiet time, echoes, the read budget, mass removals, the age of a grant, questions that expire."""
