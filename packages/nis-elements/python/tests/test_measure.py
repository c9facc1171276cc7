import numpy as np

from parfocal_ga3._measure import measure, scores_of


def test_counts_and_centroids_in_a_plane():
    labels = np.zeros((6, 8), np.int32)
    labels[1:3, 2:6] = 70000
    labels[4, 4] = 2
    found = measure(labels)
    assert found.ids.tolist() == [2, 70000]
    assert found.counts.tolist() == [1, 8]
    assert found.centroids.tolist() == [[4.0, 4.0], [1.5, 3.5]]


def test_counts_and_centroids_in_a_volume():
    labels = np.zeros((4, 6, 8), np.int32)
    labels[1:3, 0:2, 4:8] = 1
    found = measure(labels)
    assert found.counts.tolist() == [16]
    assert found.centroids.tolist() == [[1.5, 0.5, 5.5]]


def test_no_objects_are_no_rows():
    found = measure(np.zeros((3, 3), np.int32))
    assert found.ids.shape == (0,)
    assert found.centroids.shape == (0, 2)


def test_scores_belong_to_numbers_not_to_rows():
    found = scores_of(np.array([1, 3, 9]), [0.25, 0.5, 0.75])
    assert found[:2].tolist() == [0.25, 0.75]
    assert np.isnan(found[2])
