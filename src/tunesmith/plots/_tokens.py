"""The look, in one file: colours by role in both themes, marks of the states, sizes. Page and report read it, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, final

from tunesmith.errors import UsageError, did_you_mean
from tunesmith.trial import TrialState


@final
class Token(str):
    """A colour by its role; a figure keeps roles, and a theme turns them into colours when it is shown."""

    __slots__ = ()


GROUND: Final = Token("ground")
SURFACE: Final = Token("surface")
LINE: Final = Token("line")
TEXT: Final = Token("text")
QUIET: Final = Token("quiet")
ACCENT: Final = Token("accent")
COMPLETE: Final = Token("complete")
BEST: Final = Token("best")
RUNNING: Final = Token("running")
STOPPED: Final = Token("stopped")
FAILED: Final = Token("failed")
WAITING: Final = Token("waiting")
BEST_BAND: Final = Token("best_band")
COMPLETE_BAND: Final = Token("complete_band")
QUIET_BAND: Final = Token("quiet_band")
SERIES: Final = tuple(Token(f"series_{k}") for k in range(8))
"""At most eight series have a colour of their own; further ones are `QUIET`."""
SERIES_BAND: Final = tuple(Token(f"series_band_{k}") for k in range(8))


def _rgba(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


_STATES = {
    COMPLETE: ("#0072b2", "#0072b2"),
    BEST: ("#d55e00", "#d55e00"),
    RUNNING: ("#2f8fce", "#56b4e9"),
    STOPPED: ("#808990", "#8a939b"),
    FAILED: ("#b3261e", "#ff8a80"),
    WAITING: ("#b37a00", "#e69f00"),
}
_SERIES = (
    ("#0072b2", "#4da3dc"),
    ("#d55e00", "#f07c2b"),
    ("#009e73", "#2bbd94"),
    ("#b0588a", "#d991b8"),
    ("#e69f00", "#e69f00"),
    ("#56b4e9", "#8ed0f7"),
    ("#6a4c93", "#a98fd6"),
    ("#7a6a53", "#b8a88f"),
)
_PLAIN = {
    GROUND: ("#ffffff", "#111417"),
    SURFACE: ("#f6f7f8", "#191d21"),
    LINE: ("#d9dde1", "#2c3238"),
    TEXT: ("#15191d", "#e8ebee"),
    QUIET: ("#5b6670", "#9aa5af"),
    ACCENT: ("#0b63c4", "#5aa9ff"),
    **_STATES,
    **dict(zip(SERIES, _SERIES, strict=True)),
}
_BANDS = {
    BEST_BAND: (BEST, 0.18, 0.30),
    COMPLETE_BAND: (COMPLETE, 0.16, 0.34),
    QUIET_BAND: (QUIET, 0.14, 0.20),
    **{band: (series, 0.16, 0.26) for band, series in zip(SERIES_BAND, SERIES, strict=True)},
}


@final
@dataclass(frozen=True)
class Theme:
    """What each role looks like.

    Parameters
    ----------
    name
        `"light"` or `"dark"`.
    colours
        Role -> a colour as CSS writes it.
    """

    name: str
    colours: dict[str, str]


def _theme(name: str, which: int) -> Theme:
    colours = {str(role): pair[which] for role, pair in _PLAIN.items()}
    colours |= {str(band): _rgba(_PLAIN[of][which], alphas[which]) for band, (of, *alphas) in _BANDS.items()}
    return Theme(name, colours)


THEMES: Final = {"light": _theme("light", 0), "dark": _theme("dark", 1)}


def theme_of(name: str) -> Theme:
    """One theme by its name.

    Raises
    ------
    UsageError
        If there is no such theme.

    Examples
    --------
    >>> theme_of("dark").colours["ground"]
    '#111417'
    """
    if name not in THEMES:
        raise UsageError(f"There is no theme {name!r}.", hint=did_you_mean(str(name), list(THEMES)))
    return THEMES[name]


VIRIDIS: Final = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
"""For values in an order, from low to high."""

FONT: Final = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
SMALL: Final = 13
BODY: Final = 15
HEADING: Final = 20
TITLE: Final = 28
"""The sizes of type, in pixels; there are no others."""
STEP: Final = 4
"""Spaces are multiples of it, in pixels."""


@final
@dataclass(frozen=True)
class Mark:
    """How a state is drawn: by shape and by colour, so that neither alone has to tell.

    Parameters
    ----------
    word
        What the state is called for readers.
    symbol
        The shape, as Plotly names it.
    colour
        Its role.
    sign
        The same shape as text, for terminals and tables.
    """

    word: str
    symbol: str
    colour: Token
    sign: str


BEST_MARK: Final = Mark("best", "star", BEST, "★")
MARKS: Final = {
    TrialState.COMPLETE: Mark("complete", "circle", COMPLETE, "●"),
    TrialState.RUNNING: Mark("running", "circle-open", RUNNING, "○"),
    TrialState.PAUSED: Mark("paused", "circle-open", RUNNING, "○"),
    TrialState.PRUNED: Mark("stopped early", "triangle-up", STOPPED, "▲"),
    TrialState.FAILED: Mark("failed", "x", FAILED, "✕"),
    TrialState.WAITING: Mark("waiting", "diamond-open", WAITING, "◇"),
}
