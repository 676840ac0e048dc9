"""What teaches a student: a fine-tuned transformer, and texts without labels that it reads to the student."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxmining.classifiers.transformer.serve import TransformerTagger
from cxmining.models import shipped_encoder
from cxmining.records import Passage
from cxmining.taxonomy import Taxonomy
from cxmining.training.rows import TrainingRows, check_labels, learning_key

if TYPE_CHECKING:
    from cxmining.classifiers.transformer.loop import Checkpoint


@dataclass(frozen=True, slots=True)
class Teaching:
    """Folder of the fine-tuned transformer that teaches, and texts without labels that it reads to the student."""

    teacher: Path
    unlabelled: Sequence[Passage] = ()

    def checkpoint(self, out: Path, rows: TrainingRows, taxonomy: Taxonomy, parameters: dict[str, Any]) -> Checkpoint:
        """Give the place of the learning's state, once the teacher is known to fit and no other learning stands there.

        Raises
        ------
        UsageError
            If an unfinished training of other rows, texts, parameters or another teacher stands in ``out``.
        ModelError
            If its checkpoint is damaged, or the teacher is no transformer of these labels.
        """
        from cxmining.classifiers.transformer.loop import Checkpoint

        encoder = shipped_encoder()
        check_labels(TransformerTagger.load(self.teacher, encoder).classes_, taxonomy, self.teacher)
        graph = (self.teacher / "layers.onnx").read_bytes()
        taught_by = hashlib.sha256(graph + self._texts().encode()).hexdigest()
        found = Checkpoint(out, learning_key(rows, taxonomy, parameters, encoder.fingerprint, taught_by))
        found.refuse_other()
        out.mkdir(parents=True, exist_ok=True)
        return found

    def card(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """Give what a student's card says of how it was taught."""
        if not self.unlabelled:
            return {"parameters": parameters}
        languages = Counter(p.language for p in self.unlabelled)
        sha256 = hashlib.sha256(self._texts().encode()).hexdigest()
        texts = {"n": len(self.unlabelled), "sha256": sha256, "by_language": dict(sorted(languages.items()))}
        return {"parameters": parameters, "unlabelled_data": texts}

    def _texts(self) -> str:
        """Write down what of the texts without labels decides the learning."""
        return json.dumps(
            [[p.language, p.text, [(s.start, s.end, s.kind) for s in p.segments]] for p in self.unlabelled]
        )
