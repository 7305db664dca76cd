"""Form the segments: the method's rule, labels from that rule, grades and verdict."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from segnb.clustering.assign import assign, memberships
from segnb.clustering.fit import Fit, fit, only_segment
from segnb.clustering.methods import METHODS, Method, Ruled
from segnb.clustering.mixtures import Mixture
from segnb.clustering.model import TOO_FEW, describe
from segnb.clustering.number import check_enough, choose_number, usable_points
from segnb.clustering.rules import NearestCentre, matrix
from segnb.clustering.stability import CERTAIN, capped, global_stability, passports, refits
from segnb.clustering.structure import structure
from segnb.clustering.verdict import with_groups
from segnb.errors import InputError
from segnb.plain.table import feature_table
from segnb.segmentation import FeatureTable, Passport, Segmentation, Structure
from segnb.transform import Points, Transform, learn_transform, significant


def segment(
    table: FeatureTable | pd.DataFrame | ArrayLike,
    transform: Transform | None = None,
    *,
    basis: str | None = None,
    method: str | None = None,
    n_segments: int | None = None,
    restarts: int = 50,
    bootstraps: int = 50,
    min_cell: int = 10,
    seed: int = 0,
) -> Segmentation:
    """Form the segments of a table of customers and judge how far each can be trusted.

    The labels are those of the published rule (``model``), applied to the customers themselves, so
    scoring them again gives the same labels. Segments of fewer than ``min_cell`` customers become
    ``unassigned: too few``.

    Parameters
    ----------
    table
        A feature table; or a plain frame, one row for each customer, whose columns are read by simple
        rules (``left_out`` of the result names those that take no part); or a matrix of numbers, shape
        (customers, variables).
    transform
        The scale-free map; its variables are those that take part. None learns it from all
        columns. A method by rule reads its own.
    basis
        What a plain table rests on, for the result's ``basis``; a feature table knows its own.
    method
        None takes k-means where all columns are numbers, latent classes where all are unordered
        categories, and k-prototypes where there are both; of one category alone each level is a segment.
    n_segments
        Number of segments; None lets `choose_number` recommend it.

    Returns
    -------
    Segmentation
        ``labels`` in the order of the rows.

    Raises
    ------
    InputError
        More segments are asked for than there are different customers or than the method finds, all
        segments are too small, or no column can form segments.
    """
    features, left_out = feature_table(table, basis)
    transform = (learn_transform(features) if transform is None else transform).by_name()
    chosen = METHODS[method or default_method(transform)]
    if chosen.rule:
        return _by_rule(features, chosen, min_cell=min_cell, seed=seed)
    chosen = chosen.on(transform)
    points = usable_points(features, transform)
    different = len(np.unique(points, axis=0))
    check_enough(n_segments, len(points), different)
    formed = _Formed(features, transform, chosen, left_out, min_cell, seed)
    if different == 1:
        return formed.alike(points)
    if n_segments is None:
        n_segments = choose_number(
            features,
            transform,
            method=chosen.name,
            restarts=restarts,
            bootstraps=bootstraps,
            min_cell=min_cell,
            seed=seed,
        ).chosen
    assert n_segments is not None  # only a rule leaves the number open
    found = fit(points, n_segments, method=chosen, restarts=restarts, seed=seed)
    if found.rule.n_segments != n_segments:
        raise InputError(
            f"Method {chosen.name!r} finds {found.rule.n_segments} segments among these customers, and "
            f"{n_segments} were asked for: ask for another number, or choose another method"
        )
    partitions = refits(points, n_segments, method=chosen, bootstraps=bootstraps, seed=seed)
    certain = found.certain >= CERTAIN
    verdict = structure(points, found, global_stability(partitions), method=chosen, seed=seed)
    segmentation = formed.segmentation(
        found,
        passports(points, found, partitions, seed=seed, certain=certain),
        replace(verdict, evidence=verdict.evidence | _evidence(points, found)),
    )
    return capped(with_groups(segmentation, features))


def default_method(transform: Transform) -> str:
    """Return the method for these variables: numbers, unordered categories, both, or one category alone."""
    if not any(transform.levels):
        return "kmeans"
    if len(transform.levels) == 1:
        return "levels"
    return "latent_class" if all(transform.levels) else "k_prototypes"


def _evidence(points: Points, found: Fit) -> dict[str, float]:
    """Return what the method tells of its rule: number of starts, fidelity, noise, BIC."""
    own = {"starts": float(found.starts)}
    fidelity = getattr(found.rule, "fidelity", None)
    if fidelity is not None:
        own["fidelity"] = float(significant(fidelity))
    if noise := len(points) - sum(found.sizes):
        own["noise"] = float(significant(noise / len(points)))
    if isinstance(found.rule, Mixture):
        own["bic"] = float(significant(found.rule.bic(points)))
    return own


@dataclass(frozen=True)
class _Formed:
    """What a segmentation is made of, whatever was fitted."""

    features: FeatureTable
    transform: Transform
    method: Method
    left_out: dict[str, str]
    min_cell: int
    seed: int

    def segmentation(self, found: Fit, judged: list[Passport], verdict: Structure) -> Segmentation:
        large = [size >= self.min_cell for size in found.sizes]
        # Sizes fall, so that the segments keep their places when the small ones leave.
        keys = [f"s{place}" for place in range(1, sum(large) + 1)]
        _refuse_none(keys, found.sizes, self.min_cell)
        model = describe(self.transform, found.rule, [*keys, *([TOO_FEW] * (len(large) - len(keys)))])
        used = [name for name in self.features.frame if name in self.transform.names]
        return Segmentation(
            labels=assign(model, self.features),
            segments=tuple(keys),
            basis=self.features.basis,
            method=self.method.name,
            seed=self.seed,
            variables=tuple(used),
            passports=dict(zip(keys, judged, strict=False)),
            verdict=verdict,
            model=model,
            memberships=memberships(model, self.features),
            left_out=self.left_out,
            voice=self.features.voice,
        )

    def alike(self, points: Points) -> Segmentation:
        """Return one segment and the verdict *none*: nothing tells the customers apart."""
        found = only_segment(points, NearestCentre(matrix(points[:1])))
        verdict = Structure("none", {"customers": float(len(points)), "different_customers": 1.0})
        return self.segmentation(found, [Passport(len(points), "D")], verdict)


def _by_rule(features: FeatureTable, method: Method, *, min_cell: int, seed: int) -> Segmentation:
    missing = [name for name in method.needs if name not in features.frame]
    if missing:
        raise InputError(
            f"Method {method.name!r} needs the measures {', '.join(method.needs)}, "
            f"and basis {features.basis!r} has no {', '.join(missing)}: choose another method or basis"
        )
    ruled: Ruled = method(features, min_cell=min_cell)
    labels = assign(ruled.model, features)
    sizes = labels.value_counts()
    keys = tuple(key for key in ruled.segments if key in sizes.index)
    _refuse_none(list(keys), sizes.tolist(), min_cell)
    return Segmentation(
        labels=labels,
        segments=keys,
        basis=features.basis,
        method=method.name,
        seed=seed,
        variables=ruled.variables,
        passports={key: Passport(int(sizes[key]), "by rule") for key in keys},
        verdict=Structure("by rule", {"customers": float(len(labels))}),
        model=ruled.model,
        words={key: ruled.words[key] for key in keys},
        voice=features.voice,
    )


def _refuse_none(keys: list[str], sizes: tuple[int, ...] | list[int], min_cell: int) -> None:
    if not keys:
        raise InputError(
            f"No segment holds min_cell = {min_cell} customers: the largest of {len(sizes)} holds "
            f"{max(sizes, default=0)}. Ask for fewer segments, or take in more customers"
        )
