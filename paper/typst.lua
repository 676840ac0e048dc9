-- What pandoc's LaTeX reader leaves for Typst: labels on tables, bare numbers for references, citations in order.

function Div(div)
  if div.identifier ~= "" and #div.content == 1 and div.content[1].t == "Table" then
    local content = div.content[1]
    content.identifier = div.identifier
    return content
  end
end

function Link(link)
  local target = link.attributes["reference"]
  if target then
    return pandoc.RawInline("typst", "#ref(<" .. target .. ">, supplement: none)")
  end
end
