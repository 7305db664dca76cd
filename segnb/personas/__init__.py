"""Chapters 04 and 05 in words: who the segments are, what they are worth, and what to do.

A claim is a sentence bound to its evidence; advice is a rule of the playbook whose conditions hold.
"""

from segnb.personas.answer import Answer, answer
from segnb.personas.describe import describe
from segnb.personas.facts import facts
from segnb.personas.limits import limits
from segnb.personas.personas import Persona, Personas
from segnb.personas.playbook import Playbook, playbook

__all__ = ["Answer", "Persona", "Personas", "Playbook", "answer", "describe", "facts", "limits", "playbook"]
