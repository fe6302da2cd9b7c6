"""The colours of maps and how much of a photograph they cover, by level: tables, so that drawing is looking up.

Sequential maps (GradCAM) go from dark to bright in ``inferno``, which is perceptually uniform; signed maps (Integrated
Gradients) diverge from white to red (for the class) and blue (against it), equally light on both sides. Both are those
of Matplotlib (``inferno`` by Smith and van der Walt, ``RdBu`` by Brewer), which draws nothing here.
"""

from __future__ import annotations

import base64
from functools import lru_cache
from typing import Literal

import numpy as np
import numpy.typing as npt

Pixels = npt.NDArray[np.uint8]
Kind = Literal["sequential", "diverging"]

LEVELS = 256


@lru_cache
def palette(kind: Kind) -> Pixels:
    """The colour of each level, (LEVELS, 3)."""
    return _INFERNO if kind == "sequential" else _between(_BLUE_TO_RED)


@lru_cache
def opacities(kind: Kind) -> Pixels:
    """How much of the photograph each level covers, (LEVELS,), 255 for all: it shows where values are small."""
    share = np.linspace(0, 1, LEVELS)
    opacity = 0.15 + 0.6 * share if kind == "sequential" else 0.95 * np.abs(2 * share - 1) ** 0.8
    return np.rint(opacity * 255).astype(np.uint8)


def scale(kind: Kind, steps: int = 9) -> list[str]:
    """The colours of a scale from its lowest value to its highest, as ``#rrggbb``, for a legend."""
    places = np.minimum(np.linspace(0, 1, steps) * LEVELS, LEVELS - 1).astype(int)
    return [f"#{bytes(colour).hex()}" for colour in palette(kind)[places]]


def _between(anchors: tuple[int, ...]) -> Pixels:
    """Colours in equal steps between anchors 0xrrggbb."""
    known = np.array([list(anchor.to_bytes(3)) for anchor in anchors], np.float64)
    places = np.linspace(0, len(anchors) - 1, LEVELS)
    channels = [np.interp(places, np.arange(len(anchors)), known[:, channel]) for channel in range(3)]
    return np.rint(np.stack(channels, axis=1)).astype(np.uint8)


_BLUE_TO_RED = (
    0x053061, 0x2166AC, 0x4393C3, 0x92C5DE, 0xD1E5F0, 0xF7F7F7, 0xFDDBC7, 0xF4A582, 0xD6604D, 0xB2182B, 0x67001F,
)  # fmt: skip
_INFERNO: Pixels = np.frombuffer(
    base64.b85decode(
        "000C500jX71_1#G0s#sF0t^BI4g&%Z1OpNT0~7@W7X}0w2L&4l1sw?n9|{K|3kM_&2qp~(DGmuM5D6_23NR81G879m6$>{O3pp4JJQ)l=8w^"
        "1l3_~6aMIQ`EAq+|*3``^pPbLgeC<{|53sox%S1k)!FA7^R3S2S@UNj0{HVI)k31T@3V>=0CJqcw#31&bFXF>{SL<(p{3Ta0RYDo)fN(^gE3"
        "~NmdY)=hrQ4VZU4sBEqZB-9#R}gMl5N=u#Zd?*>T@r3z6K-J>ZekQ}WEE~@6>eu1ZfO>7Y8P&77;bGCZf_ZGaT#uM8g6tNZgm@OcN}ea9Bq0"
        "XZG0VVeI9Lp9&CUgY=R(cgdl5$A!~;rYltFhiXv)^BWaBzX^$jnkR@o6C1{f-XO$*rmnUYJCuW)`Wt%Bvohf9WDr2B3W1=f!qby;iEMTTBV5"
        "lx%sV-itFJ7%MU9K=(urXV)GFr1TTC_7+wlr9`HCMScR=PG-yf;+6I8(nlQouS<!8%aGJ5R(sPR2b=$39HRKTFC$O3Oh>%tA=cLr2d<M$kn?"
        "(ndtnM?=&|Le)w^*GoUxOg`C7J=#t@+fX~*Q99mIINwt@;8ix^RyE>RG~-z_<XSQ1TrlQcFXvt^=wL1BVJqrmD(hq^>t-nIXD01wCGKh@?`$"
        "LQZXxh*An|b@@pB#WbR6?`8}oP>^m!Qddl&V67507<_J9-jf)e+H5cq`;_=gVoi46IR3;B!+`Hl(tkO=yc2l|u;`<4d#mj?Tp2K$=^`<(~;p"
        "9lP*2>hc7{G|%~rVRY34g9JP{HziDt`hvP6#TLl{InSRwi^4m9s9Z;`@A9hz9ag;Ci=oC`ot>w#x42BFZszb`O7u<%{TbZI``2%_tQZ3)kF5"
        "zM)lcA_1jGJ-B0x2Q}p3h^W$3c<z4dTVe;r@^6F{v>}~Pwaq;hU@$q@`@_q93g7fu;^Y)7L_>T4YlJ@$R`1_jq{GIy!q5S`("
    ),
    np.uint8,
).reshape(LEVELS, 3)
