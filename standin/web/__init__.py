"""What Splunk Web does for the pages of an app: a port of its own in front of splunkd.

It logs people in, serves views of type ``html`` with their scripts, and passes requests below
``splunkd/__raw`` on. Splunk's own pages, its styles and its navigation are not here.
"""

from standin.web.front import Behind, web_port

__all__ = ["Behind", "web_port"]
