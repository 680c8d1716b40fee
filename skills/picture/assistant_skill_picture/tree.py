"""The pictures that were drawn, each with the one that it was made of, and which of them is meant now; pure.

1 draw a lighthouse --- 2 make the sky red --- 3 add a boat
                    `-- 4 make the sky green                 "go back to the first one", then a change
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

MAX_NODES = 60
"""So many are remembered; the files of those that are not stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One picture: `number` counts from 1 in its tree, `parent` is the id of what it was made of, 0 for none."""

    id: int
    tree: int
    number: int
    parent: int
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """All pictures that are remembered, and the id of the one that is meant now; 0 for none."""

    nodes: tuple[Node, ...] = ()
    current: int = 0

    @property
    def now(self) -> Node | None:
        return self.get(self.current)

    def get(self, node_id: int) -> Node | None:
        return next((node for node in self.nodes if node.id == node_id), None)

    def mates(self) -> list[Node]:
        """The pictures of the tree that is meant now, in the order in which they were made."""
        now = self.now
        return [node for node in self.nodes if now is not None and node.tree == now.tree]

    def next_id(self) -> int:
        return 1 + max((node.id for node in self.nodes), default=0)

    def drawn(self, file: str) -> Tree:
        """A new picture begins a tree of its own."""
        new = self.next_id()
        return self._with(Node(id=new, tree=new, number=1, parent=0, file=file))

    def changed(self, file: str) -> Tree:
        """A picture that was made of the one that is meant now. Raises: LookupError: there is none."""
        now = self.now
        if now is None:
            raise LookupError("no picture")
        number = 1 + max(node.number for node in self.mates())
        return self._with(Node(id=self.next_id(), tree=now.tree, number=number, parent=now.id, file=file))

    def back(self, which: str) -> Tree:
        """Mean another picture of this tree: its number, `last`, or `before` for the one that this was made of.

        Raises:
            LookupError: there is no such picture.
        """
        mates, now = self.mates(), self.now
        if now is None:
            raise LookupError("no picture")
        if which == "before":
            found = self.get(now.parent)
        elif which == "last":
            found = mates[-1]
        else:
            found = next((node for node in mates if str(node.number) == which), None)
        if found is None:
            raise LookupError(which)
        return replace(self, current=found.id)

    def without(self, node_id: int) -> Tree:
        """Let go of one that was just made: the one that it was made of is meant again."""
        gone = self.get(node_id)
        if gone is None:
            return self
        kept = tuple(node for node in self.nodes if node.id != node_id)
        return Tree(nodes=kept, current=gone.parent if self.current == node_id else self.current)

    def as_json(self) -> dict[str, Any]:
        return {"nodes": [asdict(node) for node in self.nodes], "current": self.current}

    def _with(self, node: Node) -> Tree:
        return Tree(nodes=(*self.nodes, node)[-MAX_NODES:], current=node.id)


def read_tree(kept: object) -> Tree:
    """The tree that was kept; an empty one where that is none or damaged."""
    try:
        if not isinstance(kept, Mapping):
            return Tree()
        nodes: Sequence[Mapping[str, Any]] = kept["nodes"]
        return Tree(nodes=tuple(Node(**node) for node in nodes), current=int(kept["current"]))
    except (KeyError, TypeError, ValueError):
        return Tree()
