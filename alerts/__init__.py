"""The alert, deliver and digest passes: they decide about alerts, and render and send messages.

The passes are the modules `alert`, `deliver` and `digest`. `deciding` holds their decisions, `render` the look of
messages, `channels` the ways to send them, and `sending` the outcomes of deliveries. Nothing here knows about polling
or matching.
"""
