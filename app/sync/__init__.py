"""The only room where reading, thinking and writing meet: recover, pull, plan, push, settle."""
