"""What models answered for rows that they had not seen: overheard while they are scored, kept, and scored again."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias, final

import numpy as np
import numpy.typing as npt

from tunesmith.errors import Corrupt
from tunesmith.sklearn import _doors as sk
from tunesmith.study.trial import Trial
from tunesmith.validation import ReshuffledValidation

PREDICTIONS = "predictions"
"""The artefact of a trial that holds what its models answered, all folds together."""
SURENESS = "sureness"
"""The artefact that holds probabilities, or else decision values, where scores look at something less telling."""
LARGEST_TRIAL, LARGEST_STUDY = 1 << 18, 1 << 28
"""Most numbers that one trial keeps, and most bytes that a study's trials keep together."""

Answer: TypeAlias = npt.NDArray[Any]
_METHODS = ("predict_proba", "decision_function", "predict")


@final
@dataclass(frozen=True, slots=True)
class Question:
    """What a scorer asks a model for: methods, the first that the model has; `as_it_scores` where it asks for `score`.

    `scorer` is the one that can be asked again.
    """

    methods: tuple[str, ...]
    scorer: Any
    as_it_scores: bool = False

    @classmethod
    def of(cls, scorer: Any, estimator: Any, lead: str = "") -> Self | None:
        """What is asked by a scorer, or by the one named `lead` of several; None where that cannot be known.

        A function of the user's own may look at anything, and so can a model's own `score`; what classifiers and
        regressors inherit from scikit-learn is known.
        """
        if isinstance(scorer, sk.MultimetricScorer):
            several = scorer._scorers  # noqa: SLF001 - it has no public list
            if not all(isinstance(one, sk.BaseScorer) for one in several.values()):
                return None
            scorer = several.get(lead) or next(iter(several.values()))
        if isinstance(scorer, sk.BaseScorer):
            asked = scorer._response_method  # noqa: SLF001 - it has no public name
            methods = (asked,) if isinstance(asked, str) else tuple(asked)
            return cls(methods, scorer) if set(methods) <= set(_METHODS) else None
        if isinstance(scorer, sk.PassthroughScorer):
            last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
            scores = getattr(type(last), "score", None)
            if scores in (sk.ClassifierMixin.score, sk.KNeighborsClassifier.score):
                return cls(("predict",), sk.get_scorer("accuracy"), as_it_scores=True)
            if scores is sk.RegressorMixin.score:
                return cls(("predict",), sk.get_scorer("r2"), as_it_scores=True)
        return None


@final
class Overheard:
    """A fitted model that remembers what it was asked about some rows; all else is the model's own."""

    def __init__(self, model: Any, X: Any, question: Question) -> None:
        self._model, self._rows, self._question = model, X, question
        self.answers: dict[str, Answer] = {}
        if question.as_it_scores:
            self.score = self._score

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._model, name)
        if name not in _METHODS:
            return found

        def answer(X: Any, **params: Any) -> Any:
            if X is not self._rows or params:
                return found(X, **params)
            if name not in self.answers:
                self.answers[name] = found(X)
            return self.answers[name]

        answer.__name__ = name  # scorers look at it
        return answer

    def __sklearn_tags__(self) -> Any:
        return sk.get_tags(self._model)

    def _score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        weights = {} if sample_weight is None else {"sample_weight": sample_weight}
        return float(self._question.scorer(self, X, y, **weights))

    def asked(self, *methods: str) -> tuple[str, Answer] | None:
        """The answer of the first of these methods that the model has, whether the scorer looks at it or not."""
        method = next((name for name in methods if hasattr(self._model, name)), "")
        return (method, np.asarray(getattr(self, method)(self._rows))) if method else None

    def told(self) -> tuple[str, Answer] | None:
        """The answer that the scorer looked at; None if it asked for nothing."""
        for method in self._question.methods:
            if method in self.answers:
                return method, np.asarray(self.answers[method])
        return None


@final
class Recorded(sk.BaseEstimator):  # type: ignore[misc]  # scikit-learn has no annotations
    """A model whose answers are known; its X is a column of numbers of rows. Any scorer can be asked again."""

    def __init__(self, kind: str = "classification") -> None:
        self.kind = kind

    @classmethod
    def of(cls, answers: Mapping[str, Answer], classes: Answer | None = None) -> Self:
        """A model that gives these answers; a classifier if it has classes."""
        made = cls("regression" if classes is None else "classification")
        made.answers = dict(answers)
        if classes is not None:
            made.classes_ = classes
        return made

    @classmethod
    def by(cls, model: Any, X: Any, kind: str) -> Self:
        """Ask a fitted model for everything that a scorer might."""
        answers = {name: np.asarray(getattr(model, name)(X)) for name in _METHODS if hasattr(model, name)}
        return cls.of(answers, model.classes_ if kind == "classification" else None)

    def __getattr__(self, name: str) -> Any:
        answers: Mapping[str, Answer] = self.__dict__.get("answers", {})
        if name not in answers:
            raise AttributeError(name)

        def answer(X: Any) -> Answer:
            return np.asarray(answers[name][np.asarray(X)[:, 0]])

        answer.__name__ = name  # scorers look at it
        return answer

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.estimator_type = "classifier" if self.kind == "classification" else "regressor"
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return True


def ask_again(
    scorer: Any,
    model: Recorded,
    rows: npt.NDArray[np.intp],
    y: Answer,
    weights: Answer | None = None,
    answered: npt.NDArray[np.intp] | None = None,
) -> float:
    """A scorer's value for some rows.

    `y` and `weights` are those of all rows that the model knows; `answered` are the rows whose answers are taken for
    those on `rows`, if they are others.
    """
    arguments = {} if weights is None else {"sample_weight": weights[rows]}
    asked = rows if answered is None else answered
    return float(scorer(model, asked.reshape(-1, 1), y[rows], **arguments))


@final
@dataclass(frozen=True, slots=True)
class Target:
    """What is to be predicted, in numbers: `codes` index `classes`, or are the values themselves without classes."""

    codes: npt.NDArray[Any]
    classes: Answer | None

    @property
    def centre(self) -> float:
        """The mean of values; predictions are kept as differences from it, in few digits."""
        return float(self.codes.mean())

    @classmethod
    def of(cls, y: Any, *, classifier: bool) -> Self | None:
        """From a column of a target; None where there is none, or more than one column."""
        values = None if y is None else np.asarray(y)
        if values is None or (values.ndim == 2 and values.shape[1] != 1) or values.ndim > 2:
            return None
        values = values.reshape(-1)
        try:
            if classifier:
                classes, codes = np.unique(values, return_inverse=True)
                return cls(codes, classes)
            return cls(values.astype(np.float64), None)
        except (TypeError, ValueError):  # labels that have no order, or values that are no numbers
            return None


def positions(splits: Sequence[tuple[Any, Any]], rows: int, columns: int) -> list[npt.NDArray[np.intp]]:
    """Which of each fold's validation rows are kept: all, or those of a sample of rows where they are too many.

    The sample depends on the folds alone, so that all trials keep the same rows.
    """
    total = sum(len(test) for _, test in splits) * columns
    if total <= LARGEST_TRIAL:
        return [np.arange(len(test), dtype=np.intp) for _, test in splits]
    kept = np.zeros(rows, dtype=bool)
    kept[np.random.default_rng(0).permutation(rows)[: rows * LARGEST_TRIAL // total]] = True
    return [np.flatnonzero(kept[test]) for _, test in splits]


@final
@dataclass
class Keeper:
    """Collects the answers of one trial, fold by fold, and keeps them with it.

    With `surely`, probabilities (else decision values) are kept, too, where the scorer asks for something less telling.
    """

    question: Question
    splits: Sequence[tuple[Any, Any]]
    target: Target
    surely: bool = False
    _heard: Overheard | None = None
    _method: str = ""
    _answers: dict[int, Answer] = field(default_factory=dict)
    _sure: dict[int, tuple[str, Answer]] = field(default_factory=dict)

    @classmethod
    def of(cls, question: Question | None, data: Any, *, classifier: bool, surely: bool = False) -> Self | None:
        """None where answers could not be scored again."""
        if isinstance(data.scheme, ReshuffledValidation):  # each trial predicts other rows in each fold
            return None
        target = Target.of(data.y, classifier=classifier)
        return None if question is None or target is None else cls(question, data.splits, target, surely)

    def listen(self, model: Any, X: Any) -> Any:
        """The model to score in place of the fitted one."""
        self._heard = Overheard(model, X, self.question)
        return self._heard

    def take(self, fold: int) -> None:
        """Keep what was heard in a fold, in numbers."""
        heard, self._heard = self._heard, None
        told = None if heard is None else heard.told()
        if heard is None or told is None or (self._method and told[0] != self._method):
            return
        self._method, answer = told
        classes = self.target.classes
        if classes is not None and not np.array_equal(heard.classes_, classes):
            return  # this fold's model has not seen all classes
        number = _numbers(self._method, answer, self.target)
        if number is not None:
            self._answers[fold] = number
        if self.surely and (sure := heard.asked(*_METHODS[: _METHODS.index(self._method)])):
            number = _numbers(*sure, self.target)
            if number is not None:
                self._sure[fold] = sure[0], number

    def save(self, trial: Trial) -> None:
        """Keep all folds with the trial, if they are complete and there is room."""
        if len(self._answers) != len(self.splits):
            return
        self._keep(trial, PREDICTIONS, self._method, self._answers)
        if len(self._sure) == len(self.splits) and len({method for method, _ in self._sure.values()}) == 1:
            answers = {fold: answer for fold, (_, answer) in self._sure.items()}
            self._keep(trial, SURENESS, self._sure[0][0], answers)

    def _keep(self, trial: Trial, name: str, method: str, answers: Mapping[int, Answer]) -> None:
        columns = max(1, *(answer.shape[1] if answer.ndim > 1 else 1 for answer in answers.values()))
        kept = positions(self.splits, len(self.target.codes), columns)
        joined = np.concatenate([answers[fold][rows] for fold, rows in enumerate(kept)])
        if trial.number * joined.nbytes > LARGEST_STUDY:
            return
        file = io.BytesIO()
        np.savez(file, method=np.array(method), answers=joined)
        trial.save_artifact(name, file.getvalue())


def _numbers(method: str, answer: Answer, target: Target) -> Answer | None:
    """An answer as small numbers: codes of classes, or 32-bit floats about the target's mean."""
    if target.classes is None:
        values = np.asarray(answer, dtype=np.float64).reshape(-1)
        return np.asarray(values - target.centre, dtype=np.float32)
    if method == "predict":
        codes = np.searchsorted(target.classes, answer)
        small = np.min_scalar_type(len(target.classes))
        return np.asarray(codes.astype(small))
    if method == "predict_proba" and answer.ndim == 2 and answer.shape[1] == 2:
        tiny = np.finfo(answer.dtype).eps  # scorers do not go beyond, either
        positive = np.clip(answer[:, 1].astype(np.float64), tiny, 1 - tiny)
        answer = np.log(positive) - np.log1p(-positive)  # log odds: near 1 they have the digits that 32 bits lose
    return np.asarray(answer, dtype=np.float32)


def unpacked(data: bytes, target: Target) -> tuple[str, Answer]:
    """A method's name and its answers, as the model gave them, from what `Keeper.save` wrote.

    Raises
    ------
    Corrupt
        If it is something else.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            method, answers = str(stored["method"]), stored["answers"]
    except (ValueError, KeyError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise Corrupt(f"Predictions cannot be read: {error}.", hint="Search again under another name.") from error
    if target.classes is None:
        return method, answers.astype(np.float64) + target.centre
    if method == "predict_proba" and answers.ndim == 1:
        odds = np.exp(answers.astype(np.float64))
        return method, np.column_stack([1 / (1 + odds), odds / (1 + odds)])
    return method, answers if method == "predict" else answers.astype(np.float64)
