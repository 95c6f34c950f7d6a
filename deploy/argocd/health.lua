-- Argo CD's health of a DtsJob. docs/install.md says where Argo CD wants it; tests/gitops runs it.
local function health(status, message)
  return {status = status, message = message}
end

local meta = obj.metadata
local annotations = meta.annotations or {}
if annotations["dts.aliyun.com/paused"] == "true" then
  return health("Suspended", "The annotation dts.aliyun.com/paused keeps the operator from doing anything.")
end
if obj.status == nil or obj.status.conditions == nil or meta.generation ~= obj.status.observedGeneration then
  return health("Progressing", "The operator has not seen this version of the DtsJob yet.")
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready or {status = "Unknown", message = "There is no condition Ready."}
if conditions.Stalled and conditions.Stalled.status == "True" then
  return health("Degraded", conditions.Stalled.message)
end
if conditions.Reconciling and conditions.Reconciling.status == "True" then
  return health("Progressing", conditions.Reconciling.message)
end
if ready.status ~= "True" then
  return health("Progressing", ready.message)
end
if ready.reason == "Suspended" then
  return health("Suspended", ready.message)
end
return health("Healthy", ready.message)
