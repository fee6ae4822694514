"""Places and the connections between them in, the most that flows from one place to another out; Dinic's algorithm."""

from __future__ import annotations

from collections import deque


class FlowNetwork:
    """Places, numbered from 0, and connections that let a whole number of units through.

    Args:
        size: number of places.
    """

    def __init__(self, size: int) -> None:
        # A connection and its way back stand beside each other, at an even number and the next.
        self._targets: list[int] = []
        self._room: list[int] = []
        self._leaving: list[list[int]] = [[] for _ in range(size)]

    def connect(self, start: int, end: int, room: int) -> None:
        """Connects two places, one way."""
        for place, target, units in ((start, end, room), (end, start, 0)):
            self._leaving[place].append(len(self._targets))
            self._targets.append(target)
            self._room.append(units)

    def fill(self, source: int, sink: int) -> int:
        """Lets as much flow as can, and gives how much that is."""
        total = 0
        while True:
            distance = self._distances(source)
            if distance[sink] < 0:
                return total
            total += self._fill_shortest(source, sink, distance)

    def reachable(self, source: int) -> set[int]:
        """Gives the places to which more could flow."""
        return {place for place, steps in enumerate(self._distances(source)) if steps >= 0}

    def _distances(self, source: int) -> list[int]:
        distance = [-1] * len(self._leaving)
        distance[source] = 0
        waiting = deque([source])
        while waiting:
            place = waiting.popleft()
            for edge in self._leaving[place]:
                target = self._targets[edge]
                if self._room[edge] and distance[target] < 0:
                    distance[target] = distance[place] + 1
                    waiting.append(target)
        return distance

    def _fill_shortest(self, source: int, sink: int, distance: list[int]) -> int:
        """Fills all shortest ways; ``following`` remembers which connections of a place are still worth a try."""
        following = [0] * len(self._leaving)
        way: list[int] = []
        total, place = 0, source
        while True:
            if place == sink:
                units = min(self._room[edge] for edge in way)
                for edge in way:
                    self._room[edge] -= units
                    self._room[edge ^ 1] += units
                total += units
                # Back to where the way is full.
                full = next(index for index, edge in enumerate(way) if not self._room[edge])
                place = self._targets[way[full] ^ 1]
                del way[full:]
            edge = self._next(place, distance, following)
            if edge >= 0:
                way.append(edge)
                place = self._targets[edge]
            elif way:
                place = self._targets[way.pop() ^ 1]
                following[place] += 1
            else:
                return total

    def _next(self, place: int, distance: list[int], following: list[int]) -> int:
        leaving = self._leaving[place]
        while following[place] < len(leaving):
            edge = leaving[following[place]]
            if self._room[edge] and distance[self._targets[edge]] == distance[place] + 1:
                return edge
            following[place] += 1
        return -1
