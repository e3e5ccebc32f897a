"""The pure middle: words, rules and decisions. Imports only the standard library; no await, no clock, no chance."""
