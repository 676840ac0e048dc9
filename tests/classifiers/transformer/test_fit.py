import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="learning needs the extra [transformers]; CI installs it")

from cxmining.classifiers.base import Gold  # noqa: E402
from cxmining.classifiers.calibration import NEUTRAL  # noqa: E402
from cxmining.classifiers.transformer.export import export  # noqa: E402
from cxmining.classifiers.transformer.fit import FitOptions, document_probabilities, fit  # noqa: E402
from cxmining.classifiers.transformer.serve import Manner, TransformerTagger  # noqa: E402
from cxmining.models import load_classifier, shipped_encoder  # noqa: E402

WAIT = ["Čekao sam {} sata na liniji.", "Ждал ответа {} часа.", "電話が{}時間つながらない。", "Red stoji {} sata."]
RUDE = [
    "Djelatnica se {} puta izderala.",
    "Кассир {} раза нахамил.",
    "店員に{}回怒鳴られた。",
    "Konobar nas je {} puta uvrijedio.",
]


@pytest.fixture(scope="module")
def learned(tagger, tmp_path_factory):
    texts = [t.format(n) for n in range(2, 8) for t in (*WAIT, *RUDE)]
    labels = np.array([[i % 8 < 4, i % 8 >= 4] for i in range(len(texts))])
    passages = tagger.passages(texts)
    gold = Gold(labels, np.ones_like(labels), [{} for _ in texts], [str(i) for i in range(len(texts))])
    losses = []
    options = FitOptions(epochs=4, batch_tokens=256, learning_rate=3e-4)
    network = fit(passages, gold, shipped_encoder(), options, lambda epoch, _, loss: losses.append(loss) or -loss)
    folder = tmp_path_factory.mktemp("model")
    export(network, folder / "layers.onnx")
    neutral = np.tile(NEUTRAL, (2, 1))
    served = TransformerTagger(
        shipped_encoder(), folder, ["wait", "rude"], neutral, np.full(2, 0.5, np.float32), Manner(254)
    )
    served.save(folder)
    return network, losses, folder, passages, labels


def test_loss_falls(learned):
    losses = learned[1]
    assert losses[-1] < losses[0] / 2


def test_served_scores_follow_the_network(learned):
    network, _, folder, passages, labels = learned
    served, _ = load_classifier(folder)
    ours = served.predict_proba(passages)
    theirs = document_probabilities(network, passages, shipped_encoder())
    assert np.abs(ours - theirs).mean() < 0.05
    assert ((ours > 0.5) == labels).mean() > 0.9


def test_served_scores_do_not_depend_on_company(learned):
    _, _, folder, passages, _ = learned
    served, _ = load_classifier(folder)
    np.testing.assert_array_equal(served.predict_proba(passages)[5:7], served.predict_proba(passages[5:7]))


def test_evidence_lies_in_the_text(learned, tagger):
    served, _ = load_classifier(learned[2])
    passages = tagger.passages(["Čekao sam tri sata na liniji.", "待", "Već dugo. Ništa!"], language="hr")
    scores = served.score(passages)
    for i, passage in enumerate(passages):
        for k in range(2):
            for a, b in scores.evidence(i, k):
                assert 0 <= a < b <= len(passage.document.text)
    assert served.predict_proba([]).shape == (0, 2)
