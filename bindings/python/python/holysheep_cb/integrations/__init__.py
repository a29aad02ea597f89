"""Breakers around HTTP clients. One module for each library, imported by name:

    from holysheep_cb.integrations.openai import protect

``openai``, ``httpx``, ``httpx2``, ``requests``, ``aiohttp``. None of them judges: what a response says of the service
is the core's verdict (docs/RESPONSES.md).

A request goes to the breaker of its host and model. It is admitted before it is sent, and judged at the end of the
response's body, or as soon as nothing that follows can change the verdict; its duration is the time to the first byte
of the body. Responses pass as they are.
"""
