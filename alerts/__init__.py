"""From a story to a person: deciding, rendering and delivering alerts and digests.

The three passes stand here: `alert`, `deliver` and `digest`. What they decide is in `deciding`, what becomes of a delivery
in `sending`, how messages look in `render`, how they leave in `channels`. Nothing here knows of polling or matching.
"""
