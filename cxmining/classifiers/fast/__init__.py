"""The fast tier: a small convolutional network that learned from the fine-tuned transformer."""
