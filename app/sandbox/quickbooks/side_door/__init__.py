"""What a person does in QBO's own screens and what tests switch: addresses under /_sandbox/, and the whole world as JSON."""
