"""The student network: a bag of n-gram vectors a sentence, one hidden layer, the sentences' evidence united.

References
----------
Iyyer et al. (2015). Deep Unordered Composition Rivals Syntactic Methods for Text Classification. ACL.
Joulin et al. (2017). Bag of Tricks for Efficient Text Classification. EACL. Kotzias et al. (2015). From Group to
Individual Labels Using Deep Features (sentences as instances of a text). KDD.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 - torch's own convention

from cxmining.classifiers.fast.serve import BIAS, DAMPING


class StudentNetwork(nn.Module):
    """N-gram vectors, summed by sentence; a rectified layer; for each label the log of the sum of what sentences say.

    Parameters
    ----------
    n_labels : int
        Labels.
    codes : sequence of int
        Known n-grams, ascending.
    width : int
        Width of the vectors and of the hidden layer.
    dropout : float
        Share of n-grams, and of hidden units, left out of each text while learning.
    """

    def __init__(self, n_labels: int, codes: Sequence[int], width: int, dropout: float = 0.2) -> None:
        super().__init__()
        self.n_labels = n_labels
        self.dropout = dropout
        self.codes: Tensor
        self.register_buffer("codes", torch.tensor(list(codes), dtype=torch.int32))
        self.vectors = nn.EmbeddingBag(max(1, len(codes)), width, mode="sum", include_last_offset=True)
        nn.init.normal_(self.vectors.weight, std=0.02)
        self.hidden = nn.Parameter(torch.zeros(width))
        self.heads = nn.Linear(width, n_labels, bias=False)
        self.bias = nn.Parameter(torch.full((n_labels,), BIAS))
        self.sentence_bias = nn.Parameter(torch.full((n_labels,), BIAS))

    def said(self, rows: Tensor, offsets: Tensor) -> Tensor:
        """Score sentences by their n-grams alone.

        Parameters
        ----------
        rows : Tensor of shape (n_known,)
            N-grams by their place in ``codes``.
        offsets : Tensor of shape (n_sentences + 1,)
            Where each sentence's rows begin.

        Returns
        -------
        Tensor of shape (n_sentences, n_labels)
            What they say of each label.
        """
        kept = F.dropout(torch.ones(len(rows)), self.dropout, self.training)
        counts = offsets.diff().clamp(min=1).to(kept.dtype)
        sums = self.vectors(rows, offsets, per_sample_weights=kept) / counts[:, None] ** DAMPING
        inner = F.dropout(F.relu(sums + self.hidden), self.dropout, self.training)
        found: Tensor = self.heads(inner)
        return found

    def documents(self, said: Tensor, texts: Tensor, n_texts: int) -> Tensor:
        """Unite what sentences say, of shape (n_sentences, n_labels), to logits of texts (n_texts, n_labels).

        ``texts`` holds the text of each sentence, in 0 to n_texts - 1; one without any gets the lowest logits.
        """
        lowest = said.new_full((n_texts, self.n_labels), -30.0)
        peaks = lowest.scatter_reduce(0, texts[:, None].expand_as(said), said.detach(), "amax")
        total = torch.zeros_like(peaks).index_add(0, texts, torch.exp(said - peaks[texts]))
        return peaks + torch.log(total.clamp(min=1e-9)) + self.bias
