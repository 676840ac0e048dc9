"""The fine-tuned transformer: learning with torch, serving with onnxruntime."""
