"""Events at the door: what is stored, what is answered, who is rung for."""
