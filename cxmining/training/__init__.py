"""Joins the stages for learning: corpus rows to passages and gold labels, a fitted classifier, its card."""

from cxmining.training.cards import keep_codebook, model_card, write_card
from cxmining.training.cascade import CASCADE_LOSS, train_cascade
from cxmining.training.definitions import train_definitions
from cxmining.training.distilled import train_distilled
from cxmining.training.fast import calibrate_fast, train_fast
from cxmining.training.files import training_rows
from cxmining.training.linear import train_linear_head, train_stacked, train_tfidf
from cxmining.training.rows import Examples, TrainingRows, check_labels, examples
from cxmining.training.teaching import Teaching
from cxmining.training.transformer import calibrate_transformer, forget_unfinished, train_transformer
from cxmining.training.unlabelled import unlabelled_passages

__all__ = [
    "CASCADE_LOSS",
    "Examples",
    "Teaching",
    "TrainingRows",
    "calibrate_fast",
    "calibrate_transformer",
    "check_labels",
    "examples",
    "forget_unfinished",
    "keep_codebook",
    "model_card",
    "train_cascade",
    "train_definitions",
    "train_distilled",
    "train_fast",
    "train_linear_head",
    "train_stacked",
    "train_tfidf",
    "train_transformer",
    "training_rows",
    "unlabelled_passages",
    "write_card",
]
