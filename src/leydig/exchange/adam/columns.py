"""The data dictionary of a trial's tables: every column with its label, type, unit and codes.

Names are those of CDISC ADaM where it has one (ADSL, and the basic data structure of ADLB); what a virtual trial alone
has (``SOLVFL``, ``EXMISS``) is named in its manner. ``PARAMCD`` are first letters of Leydig's own names of analytes,
no CDISC controlled terms: the public code of a parameter is its LOINC.
"""

from leydig.exchange.table_file import TableColumn

__all__ = ["ADEX", "ADLB", "ADSL", "DICTIONARY", "TABLES"]

_MAN = (
    TableColumn("STUDYID", "Name of the trial"),
    TableColumn("USUBJID", "Subject: trial, man and arm; in a paired design a man is a subject of each arm"),
    TableColumn("SUBJID", "Number of the man in the population", "whole"),
    TableColumn("ARM", "Arm"),
)  # fmt: skip
_DAY = "day; the first day of treatment is 1, the day before is -1"

ADSL = (
    *_MAN,
    TableColumn("ID", "Number of the subject in the event table", "whole"),
    TableColumn("ARMCD", "Code of the arm", codes="A1 the first arm of the trial, A2 the second, ..."),
    TableColumn("TRT01P", "Planned treatment: a protocol that titrates, a regimen, or nothing"),
    TableColumn("AGE", "Age at screening", "number", "year"),
    TableColumn("SEX", "Sex", codes="M male"),
    TableColumn("BMIBL", "Body mass index at baseline", "number", "kg/m2"),
    TableColumn("STRATUM", "Stratum within which he was drawn; empty where there is none"),
    TableColumn("RANDFL", "Drawn by lot", codes="Y parallel design, N paired design"),
    TableColumn("ITTFL", "Enrolled, and so analysed as assigned", codes="Y yes"),
    TableColumn("SAFFL", "Ever given a drug", codes="Y yes, N no"),
    TableColumn("TRTSDT", "First day on which a drug was prescribed", "date"),
    TableColumn("TRTEDT", "Last day on which a drug was prescribed", "date"),
    TableColumn("NOTRT", "Why the protocol of his arm started nothing; empty where it did"),
    TableColumn("EOSSTT", "Status at the end of the study", codes="COMPLETED, DISCONTINUED"),
    TableColumn("DCSREAS", "Why he was not followed to the end"),
    TableColumn("DROPFL", "Left the trial", codes="Y yes, N no"),
    TableColumn("SOLVFL", "Solved by the engine to the end; levels of others end early", codes="Y yes, N no"),
    TableColumn("EOTSTT", "Status of treatment at the end", codes="COMPLETED, DISCONTINUED; empty: none was started"),
    TableColumn("DCTREAS", "Rule that stopped treatment for good, or why he was not followed"),
    TableColumn("LSTVDT", "Date of the last visit; empty where there was none", "date"),
    TableColumn("NVISIT", "Visits on which something was measured, screening left out", "whole"),
)  # fmt: skip

ADLB = (
    *_MAN,
    TableColumn("PARAMCD", "Code of the parameter: first letters of Leydig's name, no controlled term"),
    TableColumn("PARAM", "Parameter with its unit"),
    TableColumn("PARAMLNC", "LOINC of the parameter; empty where none is confirmed"),
    TableColumn("AVISIT", "Visit"),
    TableColumn("AVISITN", "Number of the visit", "whole", codes="below 0 screening, -1 the last; 1 the first visit"),
    TableColumn("ADT", "Date of the draw", "date"),
    TableColumn("ATM", "Clock time of the draw; empty where none is recorded"),
    TableColumn("ADY", "Study day of the draw", "whole", _DAY),
    TableColumn("AVAL", "Value as a number; the limit where LIMFL says so", "number", "AVALU"),
    TableColumn("AVALC", "Value as text, such as <5"),
    TableColumn("AVALU", "Unit of AVAL, BASE and CHG"),
    TableColumn("LIMFL", "Below or above what the assay reads", codes="B below, A above; empty: read"),
    TableColumn("ABLFL", "Baseline: the last value before the first day of the trial", codes="Y; empty: another"),
    TableColumn("BASE", "Baseline value", "number", "AVALU"),
    TableColumn("CHG", "AVAL minus BASE after baseline; empty where one of them is a limit", "number", "AVALU"),
    TableColumn("PCHG", "CHG in percent of BASE; empty where BASE is 0", "number", "%"),
    TableColumn("LBORRES", "Result as the laboratory printed it"),
    TableColumn("LBORRESU", "Its unit"),
)  # fmt: skip

ADEX = (
    *_MAN,
    TableColumn("EXSEQ", "Number of the row of the subject", "whole"),
    TableColumn("EXTRT", "Drug"),
    TableColumn("EXDOSE", "Amount of each dose; per day of an infusion", "number", "EXDOSU"),
    TableColumn("EXDOSU", "Unit of the drug"),
    TableColumn("EXDOSFRQ", "How often"),
    TableColumn("EXROUTE", "Route; empty where the drug has one"),
    TableColumn("ASTDT", "First day on which it was prescribed", "date"),
    TableColumn("AENDT", "Last day on which it was prescribed, within the follow-up", "date"),
    TableColumn("ASTDY", "Study day of ASTDT", "whole", _DAY),
    TableColumn("AENDY", "Study day of AENDT", "whole", _DAY),
    TableColumn("EXPLAN", "Doses due in these days; empty for an infusion", "whole"),
    TableColumn("EXMISS", "Doses due that he did not take", "whole"),
    TableColumn("EXCUM", "Amount that he took", "number", "EXDOSU"),
    TableColumn("EXTEXT", "The dose in words, as Leydig reads it"),
)  # fmt: skip

DICTIONARY = (
    TableColumn("DATASET", "Table"),
    TableColumn("VARIABLE", "Column"),
    TableColumn("LABEL", "What it holds"),
    TableColumn("TYPE", "Type", codes="text, number, whole, date"),
    TableColumn("UNIT", "Unit of its values, or the column that holds it"),
    TableColumn("CODES", "What its codes mean"),
)  # fmt: skip

TABLES = {"adsl": ADSL, "adlb": ADLB, "adex": ADEX}
