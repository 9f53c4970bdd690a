# Nur dort ausgeliefert, wo das Richtlinienprofil der Box diese Zustände unterscheidet. Sie stehen sonst nirgends.

state-focused = fokussiert
state-confused = verwirrt
state-bored = gelangweilt
