"""Subtitles: what was said, cut into cues that can be read, and the files they are kept in. Plain functions on text.

cutting      segments of a transcript -> cues that keep to the rules
writing      cues -> SRT, WebVTT, plain text
reading      SRT and WebVTT, also edited or foreign ones -> cues
comparing    how many words of a transcript are wrong
texts        below them: clean text, where it may break, how wide it is
"""
