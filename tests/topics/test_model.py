import numpy as np
import pytest

from cxmining.errors import ModelError
from cxmining.evaluation.topics import partition_stability
from cxmining.topics.model import FitOptions, TopicModel, default_topics, document_weights
from cxmining.topics.space import Segments
from cxmining.topics.state import ARRAYS, SETTINGS, load_topics, save_topics

NO_PRIORS: dict = {}
OPTIONS = FitOptions(n_topics=6, outlier_share=0.1, n_axes=12)


def fit(segments, **kwargs):
    return TopicModel.fit(segments, np.ones(len(segments), np.bool_), NO_PRIORS, OPTIONS, **kwargs)


def test_languages_share_topics(cloud):
    segments, group = cloud
    found = fit(segments).assign(segments, outliers=False)
    assert partition_stability(found.topics, group) > 0.95
    for topic in range(6):
        assert set(segments.languages[found.topics == topic]) == {"hr", "ru"}


def test_the_same_segments_give_the_same_model(cloud):
    segments, _ = cloud
    first, second = fit(segments), fit(segments)
    np.testing.assert_array_equal(first.centroids, second.centroids)
    assert first.merges == second.merges
    assert (np.diff(first.sizes) <= 0).all()


def test_outliers_are_reported_and_can_be_assigned(cloud):
    segments, _ = cloud
    model = fit(segments)
    apart, given = model.assign(segments), model.assign(segments, outliers=False)
    assert 0.05 < (apart.topics < 0).mean() < 0.15
    assert (given.topics >= 0).all()
    np.testing.assert_array_equal(apart.nearest, given.topics)
    assert ((apart.weights >= 0) & (apart.weights <= 1)).all()


def test_a_segment_without_a_vector_has_no_topic(cloud):
    segments, _ = cloud
    model = fit(segments)
    silent = Segments(np.zeros((1, 24), np.float32), np.array(["hr"]), np.array([0]))
    assert model.assign(silent, outliers=False).topics.tolist() == [-1]


def test_new_segments_get_the_topics_of_their_kind(cloud):
    segments, group = cloud
    old = np.arange(180) % 30 < 24
    part = Segments(segments.vectors[old], segments.languages[old], segments.documents[old])
    model = fit(part)
    first = model.assign(part, outliers=False).topics
    new = Segments(segments.vectors[~old], segments.languages[~old], segments.documents[~old])
    late = model.assign(new, outliers=False).topics
    for k in range(6):
        assert set(late[group[~old] == k].tolist()) == set(first[group[old] == k].tolist())


def test_cut_merges_topics(cloud):
    segments, _ = cloud
    model = fit(segments)
    small, topics = model.cut(3)
    assert small.n_topics == 3
    assert topics.shape == (6,)
    assert small.sizes.sum() == model.sizes.sum()
    assert len(small.merges) == 2


def test_seeds_guide_the_first_topics(cloud):
    segments, group = cloud
    space = fit(segments).space
    whole = space.mix(segments, slice(0, 180))
    seeds = {"fourth": whole[group == 3][:2], "second": whole[group == 1][:2]}
    model = fit(segments, seeds=seeds)
    found = model.assign(segments, outliers=False).topics
    assert model.seeds == ("fourth", "second")
    assert (found[group == 3] == 0).mean() > 0.9
    assert (found[group == 1] == 1).mean() > 0.9


def test_too_few_segments_are_refused(cloud):
    segments, _ = cloud
    with pytest.raises(ValueError, match="at least 2 segments"):
        TopicModel.fit(segments, np.zeros(180, np.bool_), NO_PRIORS)


def test_save_and_load(cloud, tmp_path):
    segments, _ = cloud
    model = fit(segments)
    save_topics(model, tmp_path / "m", "encoder-1")
    again = load_topics(tmp_path / "m", "encoder-1")
    assert again.merges == model.merges
    assert again.threshold == model.threshold
    np.testing.assert_array_equal(again.assign(segments).topics, model.assign(segments).topics)
    with pytest.raises(ModelError, match="another encoder"):
        load_topics(tmp_path / "m", "encoder-2")


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (SETTINGS, b"{"),
        (SETTINGS, b'{"format": "other"}'),
        (SETTINGS, b'{"format": "cxmining.topics/1", "encoder_fingerprint": "e"}'),
        (ARRAYS, b"junk"),
        (ARRAYS, None),
        (SETTINGS, None),
    ],
)
def test_damaged_models_are_refused(cloud, tmp_path, name, content):
    save_topics(fit(cloud[0]), tmp_path, "e")
    (tmp_path / name).unlink()
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(ModelError, match=str(tmp_path)):
        load_topics(tmp_path, "e")


def test_arrays_that_do_not_fit_are_refused(cloud, tmp_path):
    from safetensors.numpy import load_file, save_file

    save_topics(fit(cloud[0]), tmp_path, "e")
    arrays = load_file(tmp_path / ARRAYS)
    save_file({**arrays, "sizes": arrays["sizes"][:-1]}, tmp_path / ARRAYS)
    with pytest.raises(ModelError, match="do not fit"):
        load_topics(tmp_path, "e")


def test_documents_have_several_topics():
    documents, topics = np.array([0, 0, 0, 1, 2]), np.array([4, 4, 1, -1, 2])
    found = document_weights(documents, topics, np.array([0.5, 0.25, 0.25, 0.9, 0.3], np.float32))
    assert found == {0: {4: 0.75, 1: 0.25}, 2: {2: 1.0}}


def test_the_number_of_topics_follows_the_segments():
    assert [default_topics(n) for n in (2, 500, 40_000, 10**7)] == [2, 9, 82, 150]
