"""Form the segments: centres or rule, labels from the published rule, grades and verdict."""

from __future__ import annotations

from typing import cast

import numpy as np
import pandas as pd
from pydantic import JsonValue

from segnb.clustering.assign import assign
from segnb.clustering.fit import Fit, fit
from segnb.clustering.methods import METHODS, Method
from segnb.clustering.model import TOO_FEW, describe_transform
from segnb.clustering.number import check_enough, choose_number, usable_points
from segnb.clustering.stability import CERTAIN, global_stability, passports, refits
from segnb.clustering.structure import structure
from segnb.errors import InputError
from segnb.segmentation import FeatureTable, Passport, Segmentation, Structure
from segnb.transform import Points, Transform


def segment(
    features: FeatureTable,
    transform: Transform,
    *,
    method: str = "kmeans",
    n_segments: int | None = None,
    restarts: int = 50,
    bootstraps: int = 50,
    min_cell: int = 10,
    seed: int = 0,
) -> Segmentation:
    """Form the segments of a feature table and judge how far each can be trusted.

    The labels are those of the published rule (``model``), applied to the customers themselves, so
    scoring them again gives the same labels. Segments of fewer than ``min_cell`` customers become
    ``unassigned: too few``.

    Parameters
    ----------
    transform
        The scale-free map; its variables are those that take part. A method by rule reads its own.
    n_segments
        Number of segments; None lets `choose_number` recommend it.

    Raises
    ------
    InputError
        More segments are asked for than there are different customers, or all segments are too small.
    """
    chosen = METHODS[method]
    if chosen.rule:
        return _by_rule(features, chosen, min_cell=min_cell, seed=seed)
    points = usable_points(features, transform)
    different = len(np.unique(points, axis=0))
    check_enough(n_segments, len(points), different)
    if different == 1:
        return _identical(features, transform, points, chosen, min_cell=min_cell, seed=seed)
    if n_segments is None:
        n_segments = choose_number(
            features,
            transform,
            method=method,
            restarts=restarts,
            bootstraps=bootstraps,
            min_cell=min_cell,
            seed=seed,
        ).chosen
    assert n_segments is not None  # only a rule leaves the number open
    found = fit(points, n_segments, method=chosen, restarts=restarts, seed=seed)
    partitions = refits(points, n_segments, method=chosen, bootstraps=bootstraps, seed=seed)
    certain = found.certain >= CERTAIN
    return _segmentation(
        features,
        transform,
        chosen,
        found,
        passports(points, found, partitions, seed=seed, certain=certain),
        structure(points, found, global_stability(partitions), method=chosen, seed=seed),
        min_cell=min_cell,
        seed=seed,
    )


def _segmentation(
    features: FeatureTable,
    transform: Transform,
    method: Method,
    found: Fit,
    judged: list[Passport],
    verdict: Structure,
    *,
    min_cell: int,
    seed: int,
) -> Segmentation:
    large = [size >= min_cell for size in found.sizes]
    # Sizes fall, so that the segments keep their places when the small ones leave.
    keys = [f"s{place}" for place in range(1, sum(large) + 1)]
    _refuse_none(keys, found.sizes, min_cell)
    named: list[JsonValue] = [*keys, *([TOO_FEW] * (len(large) - len(keys)))]
    model: dict[str, JsonValue] = {
        "kind": "nearest_centre",
        "transform": describe_transform(transform),
        "centres": found.centres.tolist(),
        "labels": named,
    }
    return Segmentation(
        labels=_labels(model, features),
        segments=tuple(keys),
        basis=features.basis,
        method=method.name,
        seed=seed,
        variables=tuple(transform.names),
        passports=dict(zip(keys, judged, strict=False)),
        verdict=verdict,
        model=model,
        voice=features.voice,
    )


def _identical(
    features: FeatureTable, transform: Transform, points: Points, method: Method, *, min_cell: int, seed: int
) -> Segmentation:
    """Return one segment and the verdict *none*: nothing tells the customers apart."""
    found = Fit(points[:1], (len(points),), sse=0.0, starts=1, reached=1.0, certain=1.0, restart_ari=1.0)
    verdict = Structure("none", {"customers": float(len(points)), "different_customers": 1.0})
    alone = [Passport(len(points), "D")]
    return _segmentation(features, transform, method, found, alone, verdict, min_cell=min_cell, seed=seed)


def _by_rule(features: FeatureTable, method: Method, *, min_cell: int, seed: int) -> Segmentation:
    missing = [name for name in method.needs if name not in features.frame]
    if missing:
        raise InputError(
            f"Method {method.name!r} needs the measures {', '.join(method.needs)}, "
            f"and basis {features.basis!r} has no {', '.join(missing)}: choose another method or basis"
        )
    model: dict[str, JsonValue] = method(features.only(list(method.needs)), min_cell=min_cell)
    labels = _labels(model, features)
    sizes = labels.value_counts()
    keys = tuple(key for key in cast(list[str], model["segments"]) if key in sizes.index)
    _refuse_none(list(keys), sizes.tolist(), min_cell)
    return Segmentation(
        labels=labels,
        segments=keys,
        basis=features.basis,
        method=method.name,
        seed=seed,
        variables=method.needs,
        passports={key: Passport(int(sizes[key]), "by rule") for key in keys},
        verdict=Structure("by rule", {"customers": float(len(labels))}),
        model=model,
        voice=features.voice,
    )


def _labels(model: dict[str, JsonValue], features: FeatureTable) -> pd.Series:
    return assign(model, features.frame)


def _refuse_none(keys: list[str], sizes: tuple[int, ...] | list[int], min_cell: int) -> None:
    if not keys:
        raise InputError(
            f"No segment holds min_cell = {min_cell} customers: the largest of {len(sizes)} holds "
            f"{max(sizes, default=0)}. Ask for fewer segments, or take in more customers"
        )
