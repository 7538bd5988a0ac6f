"""The rule book: each rule in words with its numbers, reasons, look-alikes, references and one worked car."""
