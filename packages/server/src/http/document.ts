import { OpenAPIHono } from "@hono/zod-openapi";
import { routes } from "./routes.ts";

/** The OpenAPI 3.1 document of the daemon's HTTP API, from the schemas that check its requests. */
export function openApiDocument(): Readonly<Record<string, unknown>> {
  const app = new OpenAPIHono();
  app.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  for (const route of routes) app.openAPIRegistry.registerPath(route);
  const document = app.getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Parfocal daemon",
      version: "1",
      description: "Segments images with warm models. Listens on this machine only.",
      license: { name: "MIT" },
    },
  });
  return { ...document };
}
