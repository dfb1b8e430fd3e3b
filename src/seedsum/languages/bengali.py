"""Bengali."""

from __future__ import annotations

from seedsum.languages.common import digits_from
from seedsum.languages.language import DetectionCues, Language, LengthRatio, PageCues, SentenceCues

# --------------------------------------------------------------------------------------------
# Reading

_DETECTION = DetectionCues()

_SENTENCES = SentenceCues()

_PAGE = PageCues()

# --------------------------------------------------------------------------------------------
# Models

_CANARY = (
    "আজ সকালে ভারী বৃষ্টির কারণে সভা বিকেলে সরিয়ে নেওয়া হয়েছে।",
    "নতুন প্রাথমিক বিদ্যালয়ে বারোটি শ্রেণিকক্ষ ও একটি ছোট গ্রন্থাগার আছে।",
    "চালের দাম গত বছরের তুলনায় ৪.৫% বেড়েছে।",
    "বৃদ্ধা ত্রিশ বছরের বেশি সময় ধরে রাস্তার মোড়ে রুটি বিক্রি করেন।",
    "“আমরা কাউকে পেছনে ফেলে যাব না,” তিনি বললেন।",
    "দুঃখিত!",
    "৩ অক্টোবরের ঘোষণা অনুযায়ী ৮ নম্বর বাস রাত ১১টা পর্যন্ত চলবে।",
    "নদীর পানি বাড়ায় অনেক পরিবার জিনিসপত্র ওপরে তুলেছে।",
)

BENGALI = Language(
    tag="bn",
    name="Bengali",
    script="Beng",
    flores="ben_Beng",
    digits=digits_from("০"),
    sentence_enders="।!?…॥",
    detection=_DETECTION,
    sentences=_SENTENCES,
    page=_PAGE,
    length=LengthRatio(-0.033, 5.28, 0.0045, 1.60),
    canary=_CANARY,
)
