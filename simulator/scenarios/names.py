"""Words a company is described with."""

from __future__ import annotations

from simulator.schema.table_spec import words

UNITS = (
    ("retail", "Retail stores"),
    ("logistics", "Logistics"),
    ("manufacturing", "Manufacturing"),
    ("finance", "Finance"),
    ("research", "Research"),
    ("datacenter", "Data centers"),
    ("europe", "Offices Europe"),
    ("americas", "Offices Americas"),
    ("asia", "Offices Asia"),
    ("partners", "Partner connections"),
)
CITIES = words(
    """
    hamburg lyon berlin porto gdansk turin leeds ghent malmo brno graz basel cork vigo
    austin denver quito lima osaka busan hanoi pune cebu perth tartu kaunas split iasi varna
    patras
    """
)
PLATFORMS = (
    ("FortiGate-60F", "FGT60FTK"),
    ("FortiGate-100F", "FG100FTK"),
    ("FortiGate-200F", "FG200FT9"),
    ("FortiGate-600F", "FG6H0FTB"),
    ("FortiGate-1800F", "FG181FTK"),
    ("FortiGate-VM64", "FGVM04TM"),
)
APPS = words(
    """
    SAP Payroll CRM Webshop Mail Backup Monitoring VoIP Badge Camera Printing Intranet Wiki
    Git CI Registry DataLake BI MES SCADA WMS TMS Ticketing VDI AD PKI DNS NTP Proxy EDR
    Patch LIMS CAD PLM Treasury Tax HR Learning Archive Fax EDI MFT Kafka
    """
)
TEAMS = words(
    """
    team-network team-web team-sap team-workplace team-database team-security team-plant-it
    team-voice team-platform team-identity
    """
)
ZONES = (
    "lan",
    "servers",
    "dmz",
    "wan",
    "guest",
    "voice",
    "plant",
    "mgmt",
    "vpn-hub",
    "partners",
    "storage",
    "lab",
)
COUNTRIES = ("KP", "IR", "RU", "CN", "BY", "SY")
SITES = words(
    """
    updates.vendor-a.example api.payments.example cdn.assets.example login.idp.example
    repo.packages.example telemetry.vendor-b.example sign.pki.example maps.tiles.example
    """
)
SECTIONS = (
    "Inbound",
    "Outbound",
    "User access",
    "Server to server",
    "Administration",
    "Partners",
    "Voice and video",
    "Plant floor",
    "Temporary",
    "Monitoring",
    "Legacy",
    "Remote access",
)
SERVICES = (
    ("tcp-8443", ["8443"]),
    ("tcp-1521", ["1521"]),
    ("tcp-5432", ["5432"]),
    ("tcp-9200", ["9200"]),
    ("tcp-6443", ["6443"]),
    ("tcp-3200-3299", ["3200-3299"]),
    ("tcp-5985-5986", ["5985-5986"]),
    ("tcp-9092", ["9092", "9093"]),
    ("tcp-8080", ["8080", "8081"]),
    ("tcp-10051", ["10050-10051"]),
)
