import { nodeProjects } from "./src/index.ts";

export default nodeProjects();
