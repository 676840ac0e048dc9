"""The fast tier: bags of n-grams with a hidden layer, which learned from the fine-tuned transformer."""
